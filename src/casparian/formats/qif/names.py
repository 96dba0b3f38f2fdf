"""Names of elements by version of QIF, and which of them a document is asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterator

ROOT = "QIFDocument"
MEASURED = ("CharacteristicMeasurement", "CharacteristicActual")  # 3.0, 2.x
FEATURE_MEASURED = ("FeatureMeasurement", "FeatureActual")
BY_SUFFIX = (
    *("FeatureItem", "CharacteristicDefinition", "CharacteristicNominal", "CharacteristicItem"),
    *("FeatureNominal", "FeatureDefinition", "CharacteristicStats"),
)
SIZES = ("Diameter", "Radius", "Length", "Width", "Depth", "Height", "Thickness")
BY_NAME = (
    *("QPId", "FileUnits", "Part", "Component", "AsmPath", "ActualComponent", "MeasurementDevices"),
    *("ActualComponentIds", "InspectionStatus", "InspectionTraceability", "TimeCreated"),
    *("ThisResultsInstanceQPId", "ThisInstanceQPId", "ThisStatisticalStudyResultsInstanceQPId"),
)


class Named(Collection[str]):
    """Local names that are one of `names` or end in one of `suffixes`, as CharacteristicItem."""

    def __init__(self, names: Collection[str], suffixes: tuple[str, ...]):
        self.names, self.suffixes = frozenset(names), suffixes
        self._known: dict[str, bool] = {}

    def __contains__(self, name: object) -> bool:
        if not isinstance(name, str):
            return False
        if name not in self._known:
            if len(self._known) > 10_000:
                self._known.clear()
            self._known[name] = name in self.names or name.endswith(self.suffixes)
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names) + len(self.suffixes)
