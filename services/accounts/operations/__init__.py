"""Operations that handlers share, one floor below them and above the store."""
