{#- Mirrors casparian.kpi.msa: gage R and R by average and range, and by analysis of variance. -#}

with factors as (
    select
        anova.*,
        1 / case when parts * appraisers > 15 then of_trials.d2
            else sqrt(of_trials.d2 * of_trials.d2 + of_trials.d3 * of_trials.d3 / (parts * appraisers)) end as k1,
        1 / sqrt(of_appraisers.d2 * of_appraisers.d2 + of_appraisers.d3 * of_appraisers.d3) as k2,
        1 / sqrt(of_parts.d2 * of_parts.d2 + of_parts.d3 * of_parts.d3) as k3
    from {{ ref('int_msa_anova') }} as anova
    left join {{ ref('int_spc_factors') }} as of_trials on anova.trials = of_trials.n
    left join {{ ref('int_spc_factors') }} as of_appraisers on anova.appraisers = of_appraisers.n
    left join {{ ref('int_spc_factors') }} as of_parts on anova.parts = of_parts.n
),

variances as (
    select
        *,
        ms_error as v_ev,
        (ms_appraiser - ms_against) / (parts * trials) as v_av,
        (ms_interaction - ms_error) / trials as v_interaction,
        (ms_part - ms_against) / (appraisers * trials) as v_pv,
        mean_range * k1 as range_ev,
        (appraiser_range * k2) * (appraiser_range * k2) - (mean_range * k1) * (mean_range * k1) / (parts * trials) as v_range_av,
        case when parts > 1 then part_range * k3 end as range_pv
    from factors
),

components as (
    select
        *,
        sqrt(v_ev) as anova_ev,
        sqrt({{ not_below_0('v_av') }}) as anova_av,
        sqrt({{ not_below_0('v_interaction') }}) as anova_interaction,
        sqrt({{ not_below_0('v_pv') }}) as anova_pv,
        sqrt(v_ev + coalesce({{ not_below_0('v_av') }}, 0e0) + coalesce({{ not_below_0('v_interaction') }}, 0e0)) as anova_grr,
        case when appraisers > 1 then sqrt({{ not_below_0('v_range_av') }}) end as range_av,
        sqrt(range_ev * range_ev + case when appraisers > 1 then {{ not_below_0('v_range_av') }} else 0e0 end) as range_grr
    from variances
),

totals as (
    select
        *,
        sqrt(anova_grr * anova_grr + coalesce(anova_pv * anova_pv, 0e0)) as anova_tv,
        sqrt(range_grr * range_grr + case when parts > 1 then range_pv * range_pv else 0e0 end) as range_tv,
        case when anova_grr > 0 then 1.41e0 * anova_pv / anova_grr end as anova_ndc_unrounded,
        case when range_grr > 0 then 1.41e0 * range_pv / range_grr end as range_ndc_unrounded
    from components
)

select
    study_id,
    characteristic,
    gage,
    units,
    parts,
    appraisers,
    trials,
    tolerance,
    ss_part,
    ss_appraiser,
    ss_interaction,
    ss_error,
    f_part,
    p_part,
    f_appraiser,
    p_appraiser,
    f_interaction,
    p_interaction,
    is_pooled,
    {%- for method in ('anova', 'range') %}
    {{ method }}_ev,
    {{ method }}_av,
    {{ 'anova_interaction,' if method == 'anova' }}
    {{ method }}_grr,
    {{ method }}_pv,
    {{ method }}_tv,
    {%- for component in ('ev', 'av', 'grr', 'pv') %}
    case when {{ method }}_tv > 0 then {{ method }}_{{ component }} / {{ method }}_tv end as {{ method }}_{{ component }}_study_ratio,
    {%- endfor %}
    case when {{ method }}_tv > 0 then {{ method }}_grr * {{ method }}_grr / ({{ method }}_tv * {{ method }}_tv) end as {{ method }}_grr_contribution_ratio,
    6 * {{ method }}_grr / tolerance as {{ method }}_grr_tolerance_ratio,
    {{ method }}_ndc_unrounded,
    cast(case when {{ method }}_ndc_unrounded < 1 then 1 else floor({{ method }}_ndc_unrounded) end as bigint) as {{ method }}_ndc,
    {%- endfor %}
    nullif(array_join({{ text_array([
        "case when v_av < 0 then 'av' end",
        "case when v_interaction < 0 then 'interaction' end",
        "case when v_pv < 0 then 'pv' end",
    ]) }}, ', '), '') as anova_zeroed,
    coalesce(refused, nullif(array_join({{ text_array([
        "case when parts = 1 then 'one part: no part variation' end",
        "case when appraisers = 1 then 'one appraiser: no appraiser variation' end",
        "case when tolerance is null then 'no tolerance' end",
        "case when anova_grr = 0 then 'no variation of the gage' end",
        "case when trials = 1 then 'one trial: nothing by average and range' end",
        "case when k1 is null and trials > 1 or k2 is null and appraisers > 1 or k3 is null and parts > 1 then 'more than 25 parts: nothing by average and range' end",
    ]) }}, '; '), '')) as missing,
    _source_rows
from totals
