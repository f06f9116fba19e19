"""Generate the typed parts of the clients from the OpenAPI document: `python -m clients.generate`.

One description of schemas and operations feeds both languages, so that they have the same verbs.
"""
