"""A workflow of the tests alone: small, lasting, and in everything unlike a campaign, so that the engine stays one.

A plan names its owners in order. The first ones write it, each owner then signs at a seat of their
own, until a day on which the clock goes on without whoever has not, and the performance office
closes it with a result and hands out a notice. Nothing in it is called as campaigns call it.

Its table is in the database of every test run (see INSTALLED_APPS); it is a workflow of the
house only in tests that take the fixture `toy`.
"""
