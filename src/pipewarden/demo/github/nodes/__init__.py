"""The objects of GitHub's GraphQL schema, as far as an access inventory asks for them."""
