"""The addresses of what is kept to be read: the trail for auditors, the machines for everybody."""

from . import machines, trail

app_name = "records"
urlpatterns = [*trail.urlpatterns, *machines.urlpatterns]
