"""Sites, lines, machines and products of the plant. Data only."""

from __future__ import annotations

from dataclasses import dataclass

EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)


@dataclass(frozen=True)
class Site:
    site_id: str
    folder: str
    timezone: str
    newline: str


@dataclass(frozen=True)
class Product:
    """opportunities: ways in which one unit can fail, 0 where nobody counted them."""

    product_id: str
    ideal_cycle_s: float
    unit: str
    opportunities: int = 0


@dataclass(frozen=True)
class Machine:
    """step, operation: its place on the route of its products; machines of one step share it."""

    machine_id: str
    machine_name: str
    machine_type: str
    products: tuple[Product, ...]
    step: int
    operation: str


@dataclass(frozen=True)
class Line:
    """weekdays: production days (Monday is 0). The other figures set the level of the line's OEE:
    stops a machine and day, mean length of a stop [s], speed and quality as (low, high) ratios.
    """

    line_id: str
    number: int
    kind: str
    site: Site
    machines: tuple[Machine, ...]
    weekdays: tuple[int, ...]
    stops_per_day: tuple[int, int]
    mean_stop_s: int
    speed: tuple[float, float]
    quality: tuple[float, float]


HAMBURG = Site("HAM", "hamburg", "Europe/Berlin", "\r\n")
AUSTIN = Site("AUS", "austin", "America/Chicago", "\n")
SITES = (HAMBURG, AUSTIN)


def _mills(site: str, parts: tuple[tuple[str, float], ...]) -> tuple[Machine, ...]:
    names = ("Mill 1", "Mill 2", "Lathe 1")
    types = ("mill", "mill", "lathe")
    return tuple(
        Machine(
            f"{site}-CNC-{i:02d}", name, kind, (Product(part, cycle, "pcs", 14),), 1, "Machining"
        )
        for i, (name, kind, (part, cycle)) in enumerate(zip(names, types, parts, strict=True), 1)
    )


def _packers(site: str, products: tuple[Product, ...]) -> tuple[Machine, ...]:
    names = ("Form-fill-seal 1", "Form-fill-seal 2", "Case packer")
    route = ((1, "Form, fill, seal"), (1, "Form, fill, seal"), (2, "Case packing"))
    return tuple(
        Machine(f"{site}-PKG-{i:02d}", name, "packer", products, *step)
        for i, (name, step) in enumerate(zip(names, route, strict=True), 1)
    )


def _reactors(site: str, products: tuple[Product, ...]) -> tuple[Machine, ...]:
    return tuple(
        Machine(f"{site}-RX-{i:02d}", f"Reactor {i}", "reactor", products, 1, "Reaction")
        for i in (1, 2)
    )


LINES = (
    Line(
        "HAM-MC1", 1, "machining", HAMBURG,
        _mills("HAM", (("P-100", 48.0), ("P-200", 64.5), ("P-300", 36.25))),
        (0, 1, 2, 3, 4, 5), (4, 8), 1900, (0.88, 0.98), (0.975, 0.995),
    ),
    Line(
        "HAM-PK1", 2, "packaging", HAMBURG,
        _packers("HAM", (Product("SKU-110", 1.5, "pcs", 6), Product("SKU-120", 1.75, "pcs", 6))),
        (0, 1, 2, 3, 4), (5, 8), 1500, (0.82, 0.95), (0.985, 0.998),
    ),
    Line(
        "HAM-BR1", 3, "batch", HAMBURG,
        _reactors("HAM", (Product("RESIN-A", 5.0, "kg"), Product("RESIN-B", 6.25, "kg"))),
        EVERY_DAY, (3, 5), 2000, (0.92, 0.99), (0.99, 0.999),
    ),
    Line(
        "AUS-MC1", 4, "machining", AUSTIN,
        _mills("AUS", (("P-400", 52.5), ("P-500", 71.0), ("P-600", 41.75))),
        EVERY_DAY, (5, 8), 2300, (0.84, 0.96), (0.965, 0.99),
    ),
    Line(
        "AUS-PK1", 5, "packaging", AUSTIN,
        _packers("AUS", (Product("SKU-210", 1.25, "pcs", 6), Product("SKU-220", 2.0, "pcs", 6))),
        (0, 1, 2, 3, 4, 5), (4, 7), 1200, (0.86, 0.97), (0.98, 0.997),
    ),
    Line(
        "AUS-BR1", 6, "batch", AUSTIN,
        _reactors("AUS", (Product("COAT-X", 4.5, "kg"), Product("COAT-Y", 5.75, "kg"))),
        EVERY_DAY, (3, 6), 2400, (0.9, 0.98), (0.985, 0.997),
    ),
)  # fmt: skip

LINE_BY_ID = {line.line_id: line for line in LINES}


def lines_of(site: Site) -> tuple[Line, ...]:
    return tuple(line for line in LINES if line.site is site)
