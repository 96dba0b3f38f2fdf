"""Published data of measurement system studies.

AIAG, Measurement Systems Analysis, 4th edition (2010): the gage R and R study of chapter III-B
(10 parts, 3 appraisers, 3 trials), the bias and linearity examples, and the cross tables of the
attribute study of chapter III-C (50 parts, 3 appraisers, 3 trials).
J. L. Fleiss, Psychological Bulletin 76 (1971), table 1: 30 patients, 6 psychiatrists.
THERMAL: P. L. Houf and D. Berman (1988), thermal impedance of power modules [K/W * 100], 10 parts,
3 operators, 3 trials; also in D. C. Montgomery, Introduction to Statistical Quality Control.
ANXIETY: 20 subjects, 3 raters, 1 to 6; R's irr and DescTools hold it.
"""

import numpy as np

# a row an appraiser's trial, a column a part
_ROWS = """
 0.29 -0.56 1.34 0.47 -0.80  0.02 0.59 -0.31 2.26 -1.36
 0.41 -0.68 1.17 0.50 -0.92 -0.11 0.75 -0.20 1.99 -1.25
 0.64 -0.58 1.27 0.64 -0.84 -0.21 0.66 -0.17 2.01 -1.31
 0.08 -0.47 1.19 0.01 -0.56 -0.20 0.47 -0.63 1.80 -1.68
 0.25 -1.22 0.94 1.03 -1.20  0.22 0.55  0.08 2.12 -1.62
 0.07 -0.68 1.34 0.20 -1.28  0.06 0.83 -0.34 2.19 -1.50
 0.04 -1.38 0.88 0.14 -1.46 -0.29 0.02 -0.46 1.77 -1.49
-0.11 -1.13 1.09 0.20 -1.07 -0.67 0.01 -0.56 1.45 -1.77
-0.15 -0.96 0.67 0.11 -1.45 -0.49 0.21 -0.49 1.87 -2.16
"""
AIAG = np.array(_ROWS.split(), dtype=float).reshape(3, 3, 10).transpose(2, 0, 1)

AIAG_BIAS = np.array([5.8, 5.7, 5.9, 5.9, 6.0, 6.1, 6.0, 6.1, 6.4, 6.3, 6.0, 6.1, 6.2, 5.6, 6.0])

_PARTS = {
    2.0: "2.7 2.5 2.4 2.5 2.7 2.3 2.5 2.5 2.4 2.4 2.6 2.4",
    4.0: "5.1 3.9 4.2 5.0 3.8 3.9 3.9 3.9 3.9 4.0 4.1 3.8",
    6.0: "5.8 5.7 5.9 5.9 6.0 6.1 6.0 6.1 6.4 6.3 6.0 6.1",
    8.0: "7.6 7.7 7.8 7.7 7.8 7.8 7.8 7.7 7.8 7.5 7.6 7.7",
    10.0: "9.1 9.3 9.5 9.3 9.4 9.5 9.5 9.5 9.6 9.2 9.3 9.4",
}
AIAG_REFERENCES = np.repeat(list(_PARTS), 12)
AIAG_LINEARITY = np.array(" ".join(_PARTS.values()).split(), dtype=float)

# how often the row's appraiser said 0 or 1 where the column's, or the reference, said 0 or 1
AIAG_KAPPA = {
    ("A", "B"): ([[44, 6], [3, 97]], 0.86),
    ("B", "C"): ([[42, 5], [9, 94]], 0.79),
    ("A", "C"): ([[43, 7], [8, 92]], 0.78),
    ("A", "reference"): ([[45, 5], [3, 97]], 0.88),
    ("B", "reference"): ([[45, 2], [3, 100]], 0.92),
    ("C", "reference"): ([[42, 9], [6, 93]], 0.77),
}

# patients by depression, personality disorder, schizophrenia, neurosis, other
_PATIENTS = """
00060 03003 01401 00006 03030 20400 00402 20310 20040 00006 10050 11040 03300 10050 02031
00501 30012 51000 02040 10203 00006 01050 02013 20040 10041 05010 40002 02040 10500 00006
"""
FLEISS_1971 = np.array([[int(digit) for digit in patient] for patient in _PATIENTS.split()])

_IMPEDANCE = """
37 38 37 41 41 40 41 42 41   42 41 43 42 42 42 43 42 43   30 31 31 31 31 31 29 30 28
42 43 42 43 43 43 42 42 42   28 30 29 29 30 29 31 29 29   42 42 43 45 45 45 44 46 45
25 26 27 28 28 30 29 27 27   40 40 40 43 42 42 43 43 41   25 25 25 27 29 28 26 26 26
35 34 34 35 35 34 35 34 35
"""
THERMAL = np.array(_IMPEDANCE.split(), dtype=float).reshape(10, 3, 3)

_RATERS = "33345523522615221243 36462424332333221334 21443216111233113322"
ANXIETY = np.array([[int(digit) for digit in rater] for rater in _RATERS.split()]).T
