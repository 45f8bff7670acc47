"""The tensors around one layer, which the cells of part 2 are evaluated with."""


def last_layer(d):
    """2a and 2b: the output layer. y_pred is the softmax of uLm1, and y is one-hot."""
    hL, U, c = d.normal(d.B, d.dimL), d.normal(d.dimL, d.C), d.normal(d.C)
    uLm1 = hL @ U + c
    y = d.one_hot(d.B, d.C)
    return dict(B=d.B, C=d.C, dimL=d.dimL, hL=hL, U=U, c=c, uLm1=uLm1, y_pred=uLm1.softmax(1), y=y)


def hidden_layer(d):
    """2c: a hidden layer whose pre-activations stay away from the kinks of relu and celu at 0."""

    def layer(h, W, b):
        return h, W, b, h @ W + b

    def away_from_kinks(h, W, b, u):
        return u.abs().min() > 0.002

    hk, Wk, bk, uk = d.until(layer, away_from_kinks, (d.B, d.dimk), (d.dimk, d.dimkm1), (d.dimkm1,))
    dL_dhkm1 = d.normal(d.B, d.dimkm1)
    return dict(B=d.B, dimk=d.dimk, dimkm1=d.dimkm1, hk=hk, Wk=Wk, bk=bk, uk=uk, dL_dhkm1=dL_dhkm1)
