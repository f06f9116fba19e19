"""What goes in and out over REST, as marshmallow schemas; the OpenAPI document is made of them."""
