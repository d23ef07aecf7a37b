"""The addresses of the door: entering, leaving, and how the house speaks and looks."""

from .views import urlpatterns  # noqa: F401 - what Django looks for here

app_name = "door"
