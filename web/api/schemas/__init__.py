"""The marshmallow schemas of REST, which the OpenAPI document is built from."""
