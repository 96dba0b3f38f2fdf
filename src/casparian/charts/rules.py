"""What the rules of control charts mean, in few words."""

CHART_RULES = {
    "WE1": "1 point beyond 3 sigma",
    "WE2": "2 of 3 points beyond 2 sigma on one side",
    "WE3": "4 of 5 points beyond 1 sigma on one side",
    "WE4": "8 points in a row on one side of the centre",
    "N1": "1 point beyond 3 sigma",
    "N2": "9 points in a row on one side of the centre",
    "N3": "6 points in a row that rise, or fall",
    "N4": "14 points in a row that go up and down by turns",
    "N5": "2 of 3 points beyond 2 sigma on one side",
    "N6": "4 of 5 points beyond 1 sigma on one side",
    "N7": "15 points in a row within 1 sigma",
    "N8": "8 points in a row beyond 1 sigma, on either side",
    "R1": "1 range beyond its limits",
}
