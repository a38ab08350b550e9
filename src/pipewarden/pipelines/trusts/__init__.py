"""OIDC trusts that the files of a repository state: who, with a token of which issuer, may act as which cloud role."""
