"""The WSGI application of Doorstep, from the environment's settings."""

from api.app import create_app
from api.settings import Settings

app = create_app(Settings.from_env())
