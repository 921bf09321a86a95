"""Ground floor: sections, words, shapes, suggestions and problems; knows neither Forail nor Pulumi."""
