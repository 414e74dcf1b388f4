"""A made-up hospital, the same every time: reference data, patients, and three months of acts."""

from spd.demo.generate import NotEmpty, generate
from spd.demo.people import PASSWORD, Login, add_logins, logins
from spd.demo.story import Progress
from spd.demo.summary import DemoSummary, OpenNote

__all__ = ["PASSWORD", "DemoSummary", "Login", "NotEmpty", "OpenNote", "Progress", "add_logins", "generate", "logins"]
