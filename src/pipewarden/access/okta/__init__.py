"""What Okta's roles, factors and policies amount to, each rule with the vendor's page as its source."""
