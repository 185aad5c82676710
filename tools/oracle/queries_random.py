def make_queries():
    return []
