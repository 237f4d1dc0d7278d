module meshseal.dev/benchmarks/leaf

go 1.26
