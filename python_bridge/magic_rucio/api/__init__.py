"""The one FastAPI application: routers, errors, and what each request works with."""
