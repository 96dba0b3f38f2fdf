"""Colours and type of charts, light and dark, for screen and paper.

The palette is Okabe and Ito's, which people with any colour vision can tell apart; in the dark the
same hues are lighter. Meaning never rests on colour alone: marks differ in shape, bars carry words.
"""

from __future__ import annotations

import re

LIGHT = {
    "page": "#f4f6f8", "card": "#ffffff", "ink": "#16202a", "soft": "#566472", "faint": "#8693a0",
    "grid": "#e4e9ee", "edge": "#d9e0e7", "blue": "#0072b2", "orange": "#d98200",
    "green": "#00805f", "red": "#c8440a", "purple": "#a8578a", "sky": "#3f9fd8", "grey": "#aab5c0",
    "zone": "#0072b2", "good-bg": "#e3f4ee", "bad-bg": "#fdeae1", "code": "#eef2f5",
    "panel": "#f7f9fb",
}  # fmt: skip
DARK = {
    "page": "#0e1319", "card": "#161d25", "ink": "#e8edf2", "soft": "#a3b0bd", "faint": "#74828f",
    "grid": "#26303a", "edge": "#2b3641", "blue": "#56b4e9", "orange": "#f0a830",
    "green": "#2fc59a", "red": "#ff7d47", "purple": "#d98fbd", "sky": "#7cc8f2", "grey": "#5d6b78",
    "zone": "#56b4e9", "good-bg": "#12312a", "bad-bg": "#3a2218", "code": "#1f2832",
    "panel": "#1a222b",
}  # fmt: skip
HUES = ("blue", "orange", "green", "red", "purple", "sky")

CHART = """
svg.chart{display:block;width:100%;height:auto;overflow:visible;font:12px/1 var(--sans)}
.chart text{fill:var(--soft)}
.chart .label{fill:var(--soft)}.chart .strong{fill:var(--ink);font-weight:600}
.chart .small{font-size:11px}.chart .tiny{font-size:10px}.chart .name{fill:var(--ink)}
.chart .end{text-anchor:end}.chart .mid{text-anchor:middle}
.chart .num{font-variant-numeric:tabular-nums}
.chart .grid{stroke:var(--grid);stroke-width:1}
.chart .axis{stroke:var(--faint);stroke-width:1}
.chart .link{stroke:var(--faint);stroke-width:1;stroke-dasharray:2 3}
.chart .limit{stroke:var(--red);stroke-width:1.4;stroke-dasharray:7 4}
.chart .center{stroke:var(--green);stroke-width:1.4}
.chart .phase{stroke:var(--soft);stroke-width:1;stroke-dasharray:2 4}
.chart .target{stroke:var(--soft);stroke-width:1;stroke-dasharray:4 4}
.chart .path{fill:none;stroke:var(--blue);stroke-width:1.4;stroke-linejoin:round}
.chart .thick{stroke-width:2.2}
.chart .zone-a{fill:var(--zone);opacity:.13}.chart .zone-b{fill:var(--zone);opacity:.08}
.chart .zone-c{fill:var(--zone);opacity:.035}
.chart .hit{fill:transparent;pointer-events:all}
.chart .ring,.chart .core{fill:none;stroke-linecap:round}
.chart .ring{stroke:var(--blue)}.chart .core{stroke:var(--card)}
.chart .ring.large{stroke-width:6.2}.chart .core.large{stroke-width:3.4}
.chart .ring.little{stroke-width:4}.chart .core.little{stroke-width:1.6}
.chart .out{fill:var(--red);stroke:var(--card);stroke-width:1.2}
.chart .halo{fill:none;stroke:var(--red);stroke-width:1.3;opacity:.55}
.chart .flag{fill:var(--red);font-weight:700;font-size:11px;paint-order:stroke;
 stroke:var(--card);stroke-width:3px;stroke-linejoin:round}
.chart .tick-out{stroke:var(--red);fill:none}
.chart .out-many{stroke:var(--red);stroke-width:3.6;stroke-linecap:round;fill:none}
.chart .step{fill:none}
.chart .speck{stroke-width:4;fill:none}
.chart .ends-round{stroke-linecap:round}.chart .ends-square{stroke-linecap:square}
.chart .whisker{stroke:var(--blue);stroke-width:1.6}
.chart .flood{fill:var(--red);fill-opacity:.13}
.chart .heat-1,.chart .heat-2,.chart .heat-3,.chart .heat-4,.chart .heat-5{fill:var(--blue)}
.chart .heat-1{fill-opacity:.1}.chart .heat-2{fill-opacity:.22}.chart .heat-3{fill-opacity:.4}
.chart .heat-4{fill-opacity:.75}.chart .heat-ink{fill:var(--card);font-weight:600}
.chart .soft-fill{fill-opacity:.55}.chart .dashed{stroke-dasharray:6 4}
.chart .title{fill:var(--ink);font-weight:650;font-size:16px}
.chart .strong-weight{font-weight:650}.chart .rule{font-size:12px}
.chart .panel{fill:var(--panel);stroke:var(--grid)}
.chart .lane{fill:var(--grid);opacity:.55}
.chart .red-text{fill:var(--red)}.chart .green-text{fill:var(--green)}
"""

SANS = (
    "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue','Liberation Sans',Arial,sans-serif"
)
FONTS = (
    f'--sans:{SANS};--mono:ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace'
)


def variables(colours: dict[str, str]) -> str:
    return ";".join(f"--{name}:{value}" for name, value in colours.items())


def hues() -> str:
    """One class a hue for areas (`fill-blue`), lines (`stroke-blue`) and words (`ink-blue`)."""
    return "\n".join(
        f".chart .fill-{h}{{fill:var(--{h})}}.chart .stroke-{h}{{stroke:var(--{h})}}"
        f".chart .ink-{h}{{fill:var(--{h});font-weight:600}}"
        for h in (*HUES, "grey")
    )


def variables_css() -> str:
    """Colours as variables. `data-theme` on the root element overrules the reader's setting."""
    dark = variables(DARK)
    return (
        f":root{{color-scheme:light dark;{FONTS};{variables(LIGHT)}}}\n"
        f"@media (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{dark}}}}}\n"
        f":root[data-theme=dark]{{color-scheme:dark;{dark}}}\n"
        f"@media print{{:root:root{{color-scheme:light;{variables(LIGHT)}}}}}\n"
    )


def own_style() -> str:
    """The style of a drawing that stands alone, with plain colours: office programs know no
    variables."""
    rules = re.sub(r"^\s*svg\.chart\{.*?\}", "", CHART.strip(), flags=re.DOTALL) + hues()
    rules += ".chart .ground{fill:var(--card)}"
    first = f".chart{{font:12px/1 {SANS}}}"
    plain = _coloured(rules, LIGHT)
    return (
        f"{first}{plain}\n"
        f"@media screen and (prefers-color-scheme:dark){{{_coloured(_only_coloured(rules), DARK)}}}"
    )


def _coloured(rules: str, colours: dict[str, str]) -> str:
    return re.sub(r"var\(--([\w-]+)\)", lambda found: colours[found[1]], rules)


def _only_coloured(rules: str) -> str:
    return "".join(rule for rule in re.findall(r"[^{}]+\{[^}]*\}", rules) if "var(--" in rule)
