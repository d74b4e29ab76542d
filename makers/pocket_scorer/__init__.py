"""The pocket scorer: a small token classifier made by LLMLingua-2's recipe, as a stand-in for the large one."""
