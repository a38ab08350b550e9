"""Jenkinsfiles: a tokenizer of Groovy, the calls it makes, and what declarative and scripted pipelines say with them."""
