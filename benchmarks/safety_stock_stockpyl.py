"""Run by the interpreter of the peers' own environment: stockpyl's placement in a tree.

    python safety_stock_stockpyl.py TREE.json

Reads stages with holding cost, lead time, spread of demand and arcs of one unit each, writes cost
and seconds as JSON. Imports nothing of the project.
"""

import json
import sys
import time
from pathlib import Path


def main() -> None:
    """Read, solve, write."""
    from stockpyl.gsm_tree import (  # type: ignore[import-not-found]
        optimize_committed_service_times,
    )
    from stockpyl.supply_chain_network import SupplyChainNetwork  # type: ignore[import-not-found]
    from stockpyl.supply_chain_node import SupplyChainNode  # type: ignore[import-not-found]

    told = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    network = SupplyChainNetwork()
    nodes = []
    for number, stage in enumerate(told["stages"], start=1):
        node = SupplyChainNode(
            number,
            network=network,
            processing_time=stage["lead_time"],
            local_holding_cost=stage["holding"],
            demand_bound_constant=told["z"],
            external_outbound_cst=0 if stage["std"] else None,
        )
        if stage["std"]:
            node.demand_source.type = "N"
            node.demand_source.mean = 0
            node.demand_source.standard_deviation = stage["std"]
        nodes.append(node)
        network.add_node(node)
    for one, two in told["arcs"]:
        network.add_edge(one + 1, two + 1)
    began = time.perf_counter()
    _times, cost = optimize_committed_service_times(network)
    sys.stdout.write(json.dumps({"cost": cost, "wall_s": time.perf_counter() - began}) + "\n")


if __name__ == "__main__":
    main()
