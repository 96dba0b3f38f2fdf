"""The words of batch records, as `names.plain` writes them.

Sources: BatchML and B2MML (V0401 to V0701), ISA-88.00.01 for the levels, ISA-88.00.04 for the
production record; the other spellings are those of plain batch reports.
"""

LEVELS = {
    "procedure": "procedure", "recipeprocedure": "procedure", "batchprocedure": "procedure",
    "unitprocedure": "unit_procedure", "unitrecipe": "unit_procedure", "up": "unit_procedure",
    "operation": "operation", "unitoperation": "operation", "phase": "phase",
    "equipmentphase": "phase", "recipephase": "phase", "stage": "stage", "process": "process",
    "step": "step", "batchstep": "step", "recipestep": "step", "action": "action",
    "processaction": "action",
}  # fmt: skip
STEPS = frozenset([*LEVELS, "runtimerecipeelement", "recipeelement", "executedrecipeelement"])
BATCHES = frozenset([
    "batch", "batchproductionrecord", "batchrecord", "executedcontrolrecipe", "controlrecipe",
    "batchreport", "executedbatch", "batchinstance", "batchexecution", "electronicbatchrecord",
    "ebr",
])  # fmt: skip
RECIPES = frozenset(["controlrecipe", "executedcontrolrecipe"])  # whose own ID is a recipe's
GROUPS = frozenset([
    "dataarea", "formula", "header", "batchheader", "recipeheader", "procedurelogic", "body",
    "recipeelementrecord", "controlreciperecord", "children", "history", "journal",
    "executionhistory", "batchhistory", "batchdata", "batchjournal", "eventjournal", "eventlog",
    "audittrail", "data", "envelope", "message", "payload",
])  # fmt: skip
PARAMETERS = frozenset([
    "param", "parametervalue", "formulavalue", "otherinformation", "processinput",
    "processoutput", "input", "output",
    "measurement", "setpoint", "result", "variable", "reportvalue", "collecteddata",
])  # fmt: skip
MATERIALS = frozenset([
    "material", "materialactual", "materialconsumedactual", "materialproducedactual",
    "materialconsumableactual", "materialuse", "materiallot", "materialinput", "materialoutput",
    "ingredient", "rawmaterial", "consumedmaterial", "producedmaterial", "charge", "addition",
    "bomitem", "component",
])  # fmt: skip
ENTRIES = {
    "event": "event", "batchevent": "event", "eventrecord": "event", "logentry": "event",
    "entry": "event", "exception": "exception", "deviation": "deviation", "alarm": "alarm",
    "alarmevent": "alarm", "comment": "comment", "note": "comment",
    "operatorcomment": "comment", "signature": "signature", "electronicsignature": "signature",
    "personnelidentification": "signature", "personnelidentificationmanifest": "signature",
    "change": "change", "sample": "sample", "dataset": "data_set",
    "resourcequalificationsmanifest": "qualification", "transition": "transition",
    "statechange": "state_change",
}  # fmt: skip
