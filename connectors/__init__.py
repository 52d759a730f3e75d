"""The outside world, one room per neighbour: shares, workbooks, warehouse, documents."""
