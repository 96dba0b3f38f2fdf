"""Columns of contract batch, and the names under which files give them (compared as `plain`)."""

from __future__ import annotations

from typing import Any

from casparian.reading.records import Columns

BATCHES, PHASES = "batches", "batch_phases"
PARAMETERS, EVENTS = "batch_parameters", "batch_events"

_START = ("starttime", "actualstarttime", "start", "startdatetime", "starttimestamp", "startdate",
          "begin", "begintime", "startedat", "started")  # fmt: skip
_END = ("endtime", "actualendtime", "completiontime", "end", "enddatetime", "endtimestamp",
        "enddate", "finish", "finishtime", "finished", "stoptime", "stop", "stopped",
        "completedat", "endedat", "ended", "completed")  # fmt: skip
_EQUIPMENT = ("actualequipmentid", "equipmentid", "equipment", "unitid", "unit", "unitname",
              "equipmentmodule", "trainid", "train", "processcellid", "processcell", "line",
              "equipmentscope")  # fmt: skip
_STATUS = ("status", "state", "batchstatus", "batchstate", "recordstatus", "result", "disposition",
           "completionstatus", "quality")  # fmt: skip
_PERFORMER = ("performer", "operator", "executedby", "performedby", "user", "userid", "personid",
              "approvedby")  # fmt: skip
_UNITS = ("unitofmeasure", "uom", "units", "engineeringunits", "engineeringunit", "engunits", "eu")

BATCH_ID = ("batchid", "batchnumber", "batchno", "batchname", "batch")
BATCH_COLUMNS = {
    "record_id": ("recordid", "id", "entryid"),
    "recipe_id": ("recipeid", "masterrecipeid", "controlrecipeid", "recipename", "recipe",
                  "masterrecipe", "formulaid"),
    "recipe_version": ("recipeversion", "masterrecipeversion", "version", "versionid"),
    "product_id": ("productid", "productcode", "product", "materialdefinitionid", "materialid",
                   "itemid"),
    "product_name": ("productname", "productdescription"),
    "campaign_id": ("campaignid", "campaign"),
    "order_id": ("orderid", "processorderid", "processorder", "productionorder", "workorder",
                 "orderno", "ordernumber", "order"),
    "lot_id": ("lotid", "lot", "lotnumber", "lotno"),
    "equipment_id": _EQUIPMENT,
    "status": _STATUS,
    "quantity": ("actualbatchsize", "batchsize", "quantity", "size", "amount", "yield"),
    "units": _UNITS,
    "start_time": _START,
    "end_time": _END,
    "created_at": ("publisheddate", "creationdate", "createdat", "created", "timestamp"),
    "performer": _PERFORMER,
    "description": ("description", "title", "remarks", "name"),
}  # fmt: skip
STEP_ID = ("id", "elementid", "recipeelementid", "stepid", "phaseid", "operationid",
           "unitprocedureid", "procedureid", "name")  # fmt: skip
STEP_COLUMNS = {
    "name": ("name", "phasename", "operationname", "unitprocedurename", "procedurename",
             "stepname", "label"),
    "instance": ("instancecount", "instance", "run", "loop", "iteration", "occurrence"),
    "equipment_id": _EQUIPMENT,
    "status": _STATUS,
    "start_time": _START,
    "end_time": _END,
    "performer": _PERFORMER,
    "description": ("description", "remarks"),
}  # fmt: skip
PARAMETER_NAME = ("name", "parametername", "tagname", "tag", "parameterid", "parameter",
                  "materialdefinitionid", "materialid", "material", "code", "id", "key",
                  "description")  # fmt: skip
PARAMETER_COLUMNS = {
    "parameter_id": ("id", "parameterid", "guid"),
    "value_text": ("valuestring", "value", "actualvalue", "actual", "quantitystring", "quantity",
                   "processvalue", "pv", "measuredvalue", "measured", "reportvalue", "result",
                   "amount", "actualquantity", "weight"),
    "setpoint_text": ("setpoint", "setpointvalue", "sp", "targetvalue", "target", "plannedvalue",
                      "planned", "recipevalue", "nominal", "plannedquantity", "defaultvalue",
                      "default"),
    "low_limit": ("lowlimit", "lowerlimit", "lolimit", "limitlow", "minimumvalue", "minvalue",
                  "minimum", "min", "low", "lsl"),
    "high_limit": ("highlimit", "upperlimit", "hilimit", "limithigh", "maximumvalue", "maxvalue",
                   "maximum", "max", "high", "usl"),
    "units": (*_UNITS, "unit"),
    "data_type": ("datatype", "valuetype"),
    "recorded_at": ("timestamp", "recordedat", "datetime", "time", "date", "starttime"),
    "lot_id": ("lotid", "lot", "materiallotid", "lotnumber", "lotno", "materialsublotid"),
    "equipment_id": ("equipmentid", "equipment", "source", "container", "storagelocation"),
    "status": ("status", "state", "verdict", "quality"),
    "description": ("description", "remarks"),
}  # fmt: skip
ENTRY_COLUMNS = {
    "event_id": ("entryid", "id", "eventid", "guid", "sequence", "seqno", "sequencenumber"),
    "occurred_at": ("timestamp", "eventtime", "occurredat", "datetime", "time", "date",
                    "starttime", "effectivetimestamp", "utctime", "gmt"),
    "reference": ("proceduralelementreference", "referencedelement", "targetid",
                  "recordreference", "associatedeventid", "elementid", "recipeelement", "phase"),
    "event_type": ("eventtype", "type", "class", "reason"),
    "event_subtype": ("eventsubtype", "subtype", "category"),
    "message": ("messagetext", "commenttext", "message", "text", "description", "note",
                "meaning"),
    "person": ("personid", "personname", "person", "username", "user", "userid", "operator",
               "performer", "signedby", "author", "name"),
    "equipment_id": ("equipmentid", "equipment", "unit", "computerid", "node", "workstation"),
    "value": ("value", "newvalue", "valuestring"),
    "previous_value": ("previousvalue", "oldvalue", "prechangedata"),
    "status": ("status", "recommendedeventstatus", "risk", "severity", "priority"),
}  # fmt: skip

Wanted = dict[str, tuple[str, ...]]


def _places(wanted: Wanted) -> dict[str, tuple[str, int]]:
    """Name to its column and its rank among the column's names; of two columns the first."""
    found: dict[str, tuple[str, int]] = {}
    for column, names in wanted.items():
        for rank, name in enumerate(names):
            found.setdefault(name, (column, rank))
    return found


PLACES = {
    BATCHES: _places(BATCH_COLUMNS),
    PHASES: _places(STEP_COLUMNS),
    PARAMETERS: _places(PARAMETER_COLUMNS),
    EVENTS: _places(ENTRY_COLUMNS),
}
_EMPTY = {
    BATCHES: dict.fromkeys(BATCH_COLUMNS),
    PHASES: dict.fromkeys(STEP_COLUMNS),
    PARAMETERS: dict.fromkeys(PARAMETER_COLUMNS),
    EVENTS: dict.fromkeys(ENTRY_COLUMNS),
}


def nothing(table: str) -> dict[str, Any]:
    """A row of the table without any value."""
    return {**_EMPTY[table]}


_OF = {
    BATCHES: ("batch_id", *BATCH_COLUMNS),
    PHASES: ("batch_id", "path", "element_id", "parent_id", "parent_path", "level", "depth",
             "position", *STEP_COLUMNS),
    PARAMETERS: ("batch_id", "path", "name", "occurrence", "kind", "element_id",
                 *PARAMETER_COLUMNS),
    EVENTS: ("batch_id", "kind", "event_id", "occurrence", "path", *list(ENTRY_COLUMNS)[1:]),
}  # fmt: skip
_TIMES = {
    BATCHES: ("start_time", "end_time", "created_at"),
    PHASES: ("start_time", "end_time"),
    PARAMETERS: ("recorded_at",),
    EVENTS: ("occurred_at",),
}
NUMBERS = {"value": "value_text", "setpoint": "setpoint_text"}  # silver only, where they are
TABLES = {
    name: Columns(
        (*names, "extensions"),
        (*names, *(NUMBERS if name == PARAMETERS else ()), "extensions"),
        _TIMES[name],
    )
    for name, names in _OF.items()
}
