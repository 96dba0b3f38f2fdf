"""LIMS results: one line a sample and test."""

from casparian.formats.delimited import DelimitedFormat

FORMAT = DelimitedFormat(
    name="lims",
    table="lims_results",
    summary="Laboratory (LIMS) results: one line a sample and test, with its limits",
    contract="lims",
    header={
        "sample_id": ("sample", "sample_number", "probe", "proben_nr"),
        "test": ("analysis", "test_name", "parameter", "prüfung"),
        "batch_id": ("batch", "lot", "charge"),
        "product_id": ("product", "material", "produkt"),
        "sampled_at": ("sample_time", "sampled", "sample_date", "timestamp", "probenahme"),
        "result": ("value", "result_value", "ergebnis", "messwert"),
        "units": ("unit", "uom", "einheit"),
        "lower_limit": ("lsl", "min", "low_limit", "untergrenze"),
        "upper_limit": ("usl", "max", "high_limit", "obergrenze"),
        "status": ("result_status", "disposition", "freigabe"),
    },
    required=("sample_id", "test", "sampled_at", "result"),
    times=("sampled_at",),
    numbers=("result", "lower_limit", "upper_limit"),
)
