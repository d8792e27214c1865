// A notebook's cells see all of the library without another import.
@_exported import Tapestry
@_exported import TapestrySamples
