{{ config(materialized='table') }}
{#- Mirrors casparian.kpi.msa.anova: the tests of both models, and the mean squares behind the components. -#}

with squares as (
    select
        *,
        case when df_interaction > 0 and df_error > 0 and ss_error > 0
            then (ss_interaction / df_interaction) / (ss_error / df_error) end as f_interaction
    from {{ ref('int_msa_squares') }}
),

tested as (
    select *, {{ f_tail('f_interaction', 'df_interaction', 'df_error') }} as p_interaction
    from squares
),

pooled as (
    select
        *,
        refused is null and df_interaction > 0
            and coalesce(p_interaction > {{ var('msa_pooling_alpha') }}, ss_interaction = 0) as is_pooled
    from tested
),

mean_squares as (
    select
        *,
        case when df_part > 0 then ss_part / df_part end as ms_part,
        case when df_appraiser > 0 then ss_appraiser / df_appraiser end as ms_appraiser,
        case when df_interaction > 0 and not is_pooled then ss_interaction / df_interaction end as ms_interaction,
        case
            when is_pooled then (ss_interaction + ss_error) / (df_interaction + df_error)
            when df_error > 0 then ss_error / df_error
        end as ms_error,
        -- what parts and appraisers are tested against
        case
            when is_pooled then (ss_interaction + ss_error) / (df_interaction + df_error)
            when df_interaction > 0 then ss_interaction / df_interaction
            when df_error > 0 then ss_error / df_error
        end as ms_against,
        case
            when is_pooled then df_interaction + df_error when df_interaction > 0 then df_interaction else df_error
        end as df_against
    from pooled
),

ratios as (
    select
        *,
        case when ms_against > 0 then ms_part / ms_against end as f_part,
        case when ms_against > 0 then ms_appraiser / ms_against end as f_appraiser
    from mean_squares
)

select
    *,
    {{ f_tail('f_part', 'df_part', 'df_against') }} as p_part,
    {{ f_tail('f_appraiser', 'df_appraiser', 'df_against') }} as p_appraiser
from ratios
