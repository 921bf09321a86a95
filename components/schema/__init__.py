"""The ground room: sections, words, shapes, suggestions, problems and refusals; knows neither Forail nor Pulumi."""
