"""Wide ResNets and PreAct ResNets for small pictures."""
