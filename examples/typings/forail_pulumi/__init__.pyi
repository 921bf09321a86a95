# What an installation calls `forail_pulumi` is the folder `components` of this project.
from components import *
