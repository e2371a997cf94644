"""Everything that can go wrong with two routers, in any order, from one seed; see tests/lab/chaos_test.py."""
