"""A module of the fixture program: it must be imported afresh for every run."""

import pulumi

GREETING = pulumi.Config().require("greeting")
