"""Words of PI: system states, and what its clients head columns with, in several languages."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# System states and DataLink's errors, small letters and no spaces. Source: PI Data Archive,
# system digital state set; PI DataLink User Guide.
STATES = _words(
    "accessdenied alarmoff arcoffline archiveoffline autoshutdown bad baddata badinput badlabdata"
    " badoutput badquality badtotal badvalue blanktag calccrash calcfailed calcoff calctimeout"
    " calculationfailed commfail configure dcsfailed dataerror"
    " datawasnotavailableforattributecalculation doubtful equipfail error failed filtered"
    " hardwareerror iotimeout inpoutrange intfshut intfstop invaliddata invalidfloat invalidinput"
    " invalidtag isusawnodata manualbad noalarm nodata nogooddata nolabdata noresult nosample"
    " novalue notavailable notconnect notenoughvalues outofserv outputbad overrange"
    " pipointnotfound pointnotfound ptcreated resourceunavailable samplebad scanoff scantimeout"
    " settobad shutdown signup snapfix tagnotfound trace unavailable underrange unitdown"
    " unknowntag wrongtype"
)
TIMES = _words(
    "timestamp time datetime date localtime timestamputc zeit zeitstempel datum heure horodatage"
)
TAGS = _words(
    "tag tagname pitag pipoint point pointname dataitem name tagpath path attribute messstelle"
)
VALUES = _words("value val pvvalue wert valeur valor currentvalue")
UNITS = _words("uom units unit engunits engineeringunits unitsabbreviation einheit")
SERVERS = _words("server piserver dataserver")
OWN = _words("annotated questionable substituted uom")  # that only PI's clients write
QUALITIES = _words("quality status opcquality confidence good")
FLAGS = {
    "annotated": "annotated",
    "questionable": "questionable",
    "substituted": "substituted",
    "good": "good",
    "isgood": "good",
    "status": "good",
}
FLAGS |= dict.fromkeys(UNITS, "units") | dict.fromkeys(SERVERS, "server")
KINDS = {
    "average": "Average",
    "avg": "Average",
    "mean": "Average",
    "minimum": "Minimum",
    "min": "Minimum",
    "maximum": "Maximum",
    "max": "Maximum",
    "total": "Total",
    "count": "Count",
    "range": "Range",
    "stdev": "StdDev",
    "stddev": "StdDev",
    "percentgood": "PercentGood",
    "pctgood": "PercentGood",
}
