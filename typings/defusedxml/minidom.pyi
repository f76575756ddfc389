from xml.dom.minidom import Document

def parseString(
    string: str | bytes,
    parser: object | None = ...,
    forbid_dtd: bool = ...,
    forbid_entities: bool = ...,
    forbid_external: bool = ...,
) -> Document: ...
