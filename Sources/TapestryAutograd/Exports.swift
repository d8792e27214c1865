// The scalar types of tensors are defined below, where the arrays hold them.
@_exported import TapestryArrays
