"""The address of the floor's page, apart from the application that serves it."""

HELLO = "/hello-auth/"
