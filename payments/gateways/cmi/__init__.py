"""Card by a Moroccan acquirer over the CMI protocol (NestPay, `3D_PAY_HOSTING`, hash version 3)."""
