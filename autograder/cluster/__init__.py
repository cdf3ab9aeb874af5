"""Judging on many machines, with Dask's scheduler between them.

What crosses is data of ours (`messages`), as bytes: submissions one way, judgements the other. A
worker has a course's folder of its own and a grader with its own zygote and self-test; nothing here
decides a verdict.
"""
