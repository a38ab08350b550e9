"""A whole company by one seed and one number of people: six systems that tell of the same people, as large as one asks for."""

from pipewarden.demo.company.people import Company, company

__all__ = ["Company", "company"]
