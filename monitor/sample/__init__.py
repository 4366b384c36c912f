"""The sample workspace: sixty simulated days of two invented brands, served as real feeds and taken in for real.

`world` invents what people say, `site` serves it on loopback as it would stand at a given time, `run` walks the
collecting loop through the sixty days with its clock in hand. Nothing is written into the store but by the pipeline.
"""
