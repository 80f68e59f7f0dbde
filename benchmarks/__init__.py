"""Speed and memory of the model, measured apart from the tests.

Started by `python -m benchmarks NAME`; nothing here is needed to run the model.
"""
