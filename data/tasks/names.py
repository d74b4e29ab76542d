"""First names for problems that need people, or just words."""

_WRITTEN = """
Ada Alma Amir Anders Anja Bela Bo Bruno Carla Cem Chidi Cleo Dana Darius Diego Dora Edith Elias Emre Esther Fatou
Felix Flora Frank Gita Greta Guido Hana Hector Hugo Ida Igor Ines Ivan Jamal Jana Jorge Julia Kai Karim Kenji Klara
Lars Leila Lin Lucas Mara Marek Mei Milo Nadia Naomi Nico Nils Olga Omar Otto Paula Pedro Priya Quinn Rana Ravi
Rosa Ruth Samir Sara Sven Tara Theo Tom Ulla Umar Vera Victor Wanda Wim Xenia Yael Yusuf Zara Zeno
"""
NAMES = tuple(_WRITTEN.split())
