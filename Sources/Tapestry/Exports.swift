// One import for everything public: tensors and derivatives, files, charts, layers, optimisers, recurrent cells,
// checks, training.
@_exported import TapestryAutograd
@_exported import TapestryCharts
@_exported import TapestryChecks
@_exported import TapestryFiles
@_exported import TapestryLayers
@_exported import TapestryOptimizers
@_exported import TapestryRecurrent
@_exported import TapestryTraining
