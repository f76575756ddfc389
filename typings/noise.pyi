def pnoise2(
    x: float,
    y: float,
    octaves: int = ...,
    persistence: float = ...,
    lacunarity: float = ...,
    repeatx: float = ...,
    repeaty: float = ...,
    base: int = ...,
) -> float: ...
