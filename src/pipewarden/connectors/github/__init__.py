"""The GitHub connector: REST and GraphQL, github.com, *.ghe.com and GitHub Enterprise Server."""
