"""What a device model says, by the names of the standard, and the columns that hold it.

Source: MTConnect Standard Part 2.0 and 2.x, Device Information Model; ANSI/MTC1.4 Part 2.
"""

from __future__ import annotations

from casparian.reading.records import Columns

DEVICES, COMPONENTS, DATA_ITEMS = "mtc_devices", "mtc_components", "mtc_data_items"
DEVICE = {  # attributes of Device and of its Description → silver
    "name": "device_name",
    "id": "device_id",
    "iso841Class": "iso841_class",
    "mtconnectVersion": "mtconnect_version",
    "manufacturer": "manufacturer",
    "model": "model",
    "serialNumber": "serial_number",
    "station": "station",
}
COMPONENT = {
    "id": "component_id",
    "name": "name",
    "nativeName": "native_name",
    "uuid": "uuid",
    "sampleInterval": "sample_interval_ms",
    "manufacturer": "manufacturer",
    "model": "model",
    "serialNumber": "serial_number",
    "station": "station",
    "coordinateSystemIdRef": "coordinate_system_id",
}
COMPONENT_PARTS = {
    "Configuration": "configuration",
    "Compositions": "compositions",
    "References": "references",
}
ITEM = {
    "id": "data_item_id",
    "name": "name",
    "category": "category",
    "type": "type",
    "subType": "sub_type",
    "units": "units",
    "nativeUnits": "native_units",
    "nativeScale": "native_scale",
    "statistic": "statistic",
    "representation": "representation",
    "sampleRate": "sample_rate_hz",
    "significantDigits": "significant_digits",
    "coordinateSystem": "coordinate_system",
    "coordinateSystemIdRef": "coordinate_system_id",
    "compositionId": "composition_id",
    "discrete": "discrete",
}
ITEM_PARTS = {
    "Source": "source",
    "Constraints": "constraints",
    "Filters": "filters",
    "InitialValue": "initial_value",
    "ResetTrigger": "reset_trigger",
    "Definition": "definition",
}
_RAW_PLACE = ("deviceUuid", "element", "path")
_SEEN = ("description", "instance_id", "first_seen", "agent_version", "described")
_PLACE = ("device_uuid", "component", "component_path")
COLUMNS = {
    COMPONENTS: Columns(
        (*_RAW_PLACE, "parentId", *COMPONENT, "description", *COMPONENT_PARTS),
        (*_PLACE, "parent_id", *COMPONENT.values(), "description", *COMPONENT_PARTS.values()),
    ),
    DATA_ITEMS: Columns(
        (*_RAW_PLACE, "componentId", *ITEM, *ITEM_PARTS),
        (*_PLACE, "component_id", "component_name", *ITEM.values(), *ITEM_PARTS.values()),
    ),
    DEVICES: Columns(
        ("uuid",),
        ("device_uuid", *DEVICE.values(), *_SEEN),
        ("first_seen",),
    ),
}
