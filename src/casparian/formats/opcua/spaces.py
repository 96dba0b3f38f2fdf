"""Names in a node set: namespaces by index, aliases, reference types.

Source: OPC UA Part 6, Annex F; Part 3, 7 (hierarchical references); Part 5 for their NodeIds.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element

from casparian.reading.xml_stream import children, local, text_of

UA = "http://opcfoundation.org/UA/"
_HIERARCHICAL = {
    "i=33": "HierarchicalReferences",
    "i=34": "HasChild",
    "i=35": "Organizes",
    "i=36": "HasEventSource",
    "i=44": "Aggregates",
    "i=45": "HasSubtype",
    "i=46": "HasProperty",
    "i=47": "HasComponent",
    "i=48": "HasNotifier",
    "i=49": "HasOrderedComponent",
    "i=56": "HasHistoricalConfiguration",
    "i=117": "HasSubStateMachine",
    "i=9006": "HasCondition",
    "i=14476": "HasConfigurationProperty",
    "i=17604": "HasAddIn",
}
_OTHERS = {"i=40": "HasTypeDefinition", "i=37": "HasModellingRule", "i=38": "HasEncoding"}
_NAMED = frozenset(_HIERARCHICAL.values())


class Spaces:
    """Namespace URIs and aliases of a file, as far as they have been met.

    hierarchical: reference types of the file's own that are subtypes of hierarchical ones.
    """

    def __init__(self) -> None:
        self.uris, self.aliases = [UA], dict[str, str]()
        self.hierarchical: dict[str, str] = {}

    def learn(self, element: Element) -> None:
        """Takes the element NamespaceUris or Aliases."""
        if local(element.tag) == "Aliases":
            for each in children(element, "Alias"):
                self.aliases[each.get("Alias") or ""] = text_of(each) or ""
        else:
            self.uris = [UA, *(text_of(each) or "" for each in children(element, "Uri"))]

    def short(self, node: str | None) -> str | None:
        """The id as the file has it, aliases resolved, without `ns=0;` of the standard's own."""
        if not node or not node.strip():
            return None
        found = self.aliases.get(node.strip(), node.strip())
        return found.removeprefix("ns=0;") or None

    def full(self, node: str | None) -> str | None:
        """`ns=1;i=5` as `nsu=http://…;i=5`; ids of the standard's own namespace stay short."""
        found = self.short(node)
        if found is None or not found.startswith("ns="):
            return found
        uri, rest = self.uri(found), found.partition(";")[2]
        return rest if uri == UA else f"nsu={uri};{rest}" if uri else found

    def uri(self, node: str | None) -> str | None:
        """The URI of a NodeId's namespace; None for an index that the file does not list."""
        if node is None or not node.startswith("ns="):
            return UA
        index = node[3:].partition(";")[0]
        place = int(index) if index.isdecimal() and len(index) < 6 else -1
        return self.uris[place] if 0 <= place < len(self.uris) and self.uris[place] else None

    def reference(self, type_: str | None) -> str:
        """A reference type by its name where the standard or the file has one."""
        found = self.short(type_) or ""
        named = _HIERARCHICAL.get(found) or _OTHERS.get(found) or self.hierarchical.get(found)
        return named or (type_ or "").strip()

    def leads_down(self, type_: str | None) -> bool:
        """Whether a reference of that type goes from a parent to a child."""
        return self.reference(type_) in _NAMED or (self.short(type_) or "") in self.hierarchical
