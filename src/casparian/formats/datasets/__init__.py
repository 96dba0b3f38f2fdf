"""Public data sets that people feed as sensor tables: AI4I 2020, C-MAPSS, Tennessee Eastman."""

from casparian.formats.datasets.engines import CMAPSS, CMAPSS_RUL
from casparian.formats.datasets.process import TENNESSEE_EASTMAN
from casparian.reading.table import TableFormat

AI4I = TableFormat(
    name="ai4i",
    table="machine_failures",
    summary="AI4I 2020: a machine's state and its failures, one line a product",
    contract="datasets",
    header={
        "udi": ("uid",),
        "product_id": ("productid",),
        "product_type": ("type",),
        "air_temperature_k": ("air temperature",),
        "process_temperature_k": ("process temperature",),
        "rotational_speed_rpm": ("rotational speed",),
        "torque_nm": ("torque",),
        "tool_wear_min": ("tool wear",),
        "machine_failure": ("target",),
        "failure_type": (),
        "tool_wear_failure": ("twf",),
        "heat_dissipation_failure": ("hdf",),
        "power_failure": ("pwf",),
        "overstrain_failure": ("osf",),
        "random_failure": ("rnf",),
    },
    required=("product_id", "air_temperature_k", "process_temperature_k", "tool_wear_min",
              "machine_failure"),
    numbers=("air_temperature_k", "process_temperature_k", "rotational_speed_rpm", "torque_nm",
             "tool_wear_min"),
)  # fmt: skip
FORMATS = (AI4I, CMAPSS, CMAPSS_RUL, TENNESSEE_EASTMAN)
