module target

go 1.25
