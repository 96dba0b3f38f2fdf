"""What explains a historian's tags: the tag list (units, limits, rhythm) and the alias map."""

from casparian.reading.table import TableFormat

_TAG = ("tag", "tagname", "point", "point_name", "messstelle")

TAG_LIST = TableFormat(
    name="historian_tags",
    table="historian_tags",
    summary="historian tag list: unit, limits, whether zero is a value, usual interval",
    contract="historian",
    stage=0,
    header={
        "tag_name": _TAG,
        "tag_alias": ("alias",),
        "description": ("descriptor", "desc", "bezeichnung"),
        "units": ("unit", "engineering_units", "eng_units", "engunits", "uom", "einheit"),
        "range_low": (
            "low",
            "min",
            "low_limit",
            "eu_low",
            "eu_min",
            "zero",
            "lo_engineering_units",
        ),
        "range_high": ("high", "max", "high_limit", "eu_high", "eu_max", "hi_engineering_units"),
        "zero_allowed": ("zero_ok",),
        "data_type": ("type", "point_type", "datentyp"),
        "interval_s": ("interval", "scan_rate_s", "scan_s"),
        "site_id": ("site", "plant", "werk"),
        "line_id": ("line", "linie"),
        "asset_id": ("asset", "equipment", "machine_id"),
    },
    required=("tag_name", "units"),
    numbers=("range_low", "range_high", "interval_s"),
)
TAG_ALIASES = TableFormat(
    name="tag_aliases",
    table="tag_aliases",
    summary="alias map of a historian: a readable name a tag",
    contract="historian",
    stage=0,
    header={"tag_name": _TAG, "tag_alias": ("alias", "alias_name", "readable_name")},
    required=("tag_name", "tag_alias"),
)
