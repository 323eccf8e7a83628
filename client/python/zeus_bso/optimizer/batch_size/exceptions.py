"""What a BatchSizeOptimizer raises, by the names that Zeus gives them."""


from zeus_bso.errors import ZeusBsoError


class ZeusBSOError(ZeusBsoError):
    """Each of the following."""


class ZeusBSORuntimError(ZeusBSOError):
    """A call to the server failed: __cause__ is the ZeusBsoError that says how."""


class ZeusBSOTrainFailError(ZeusBSOError):
    """The training ended without having converged. Run it again: the server will take
    its result into account."""


class ZeusBSOConfigError(ZeusBSOError):
    """The job, the server's address or the hardware is not what it must be."""


class ZeusBSOBadOperationError(ZeusBSOError):
    """A rank other than 0 does what only rank 0 may."""


class ZeusBSOOperationOrderError(ZeusBSOError):
    """get_batch_size was not called first."""
