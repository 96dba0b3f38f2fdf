"""OPC UA: values from history and PubSub, nodes of an address space, status codes."""

from casparian.formats.opcua.codes import StatusCodes
from casparian.formats.opcua.nodeset import NodeSet
from casparian.formats.opcua.nodesfile import NodesFile
from casparian.formats.opcua.sheet import VALUES_CSV
from casparian.formats.opcua.values import OpcUaValues

VALUES_JSON, NODESET, NODES_JSON = OpcUaValues(), NodeSet(), NodesFile()
STATUS_CODES = StatusCodes()
FORMATS = (VALUES_JSON, VALUES_CSV, NODESET, NODES_JSON, STATUS_CODES)
