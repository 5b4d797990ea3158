"""Where tables come from: text files, Excel, Parquet, folders, databases, standard input."""
